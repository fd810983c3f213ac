// Calls every method of tests/Integration/GrpcInterop with grpc-js and raw bytes. Usage: node grpc_client.js HOST:PORT
const assert = require('node:assert');
const grpc = require('@grpc/grpc-js');

const raw = bytes => bytes;
const client = new grpc.Client(process.argv[2], grpc.credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 });

const unary = (method, request, options = {}) => new Promise(resolve =>
  client.makeUnaryRequest('/test.Interop/' + method, raw, raw, request, new grpc.Metadata(), options,
    (error, reply) => resolve({ code: error ? error.code : 0, text: error ? error.details : '', reply })));

const stream = (method, request) => new Promise(resolve => {
  const call = client.makeServerStreamRequest('/test.Interop/' + method, raw, raw, request, new grpc.Metadata(), {});
  const messages = [];
  call.on('data', message => messages.push(message));
  call.on('error', error => resolve({ code: error.code, text: error.details, messages }));
  call.on('end', () => resolve({ code: 0, text: '', messages }));
});

async function main() {
  for (const size of [0, 1, 16384, 70000, 5 << 20]) {
    const request = Buffer.alloc(size, 'abcdefg');
    const answer = await unary('Echo', request);
    assert.strictEqual(answer.code, 0, answer.text);
    assert.ok(request.equals(answer.reply), 'echo of ' + size);
  }
  const many = await stream('Count', Buffer.from('1000'));
  assert.strictEqual(many.code, 0, many.text);
  assert.deepStrictEqual(many.messages.map(String), Array.from({ length: 1000 }, (_, i) => String(i)));
  const failed = await stream('Fail', Buffer.from('2'));
  assert.deepStrictEqual([failed.code, failed.text, failed.messages.length], [10, '100% broken: "ü"', 2]);
  const refused = await stream('Fail', Buffer.from('0'));
  assert.deepStrictEqual([refused.code, refused.text, refused.messages.length], [10, '100% broken: "ü"', 0]);
  const late = await unary('Sleep', Buffer.alloc(0), { deadline: Date.now() + 100 });
  assert.strictEqual(late.code, 4);
  const unknown = await unary('Nope', Buffer.alloc(0));
  assert.deepStrictEqual([unknown.code, unknown.text], [12, 'unknown method Nope for service test.Interop']);
  const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => unary('Echo', Buffer.alloc(1024, i))));
  assert.ok(answers.every((answer, i) => answer.code === 0 && answer.reply.equals(Buffer.alloc(1024, i))));
  client.close();
  console.log('ok');
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
