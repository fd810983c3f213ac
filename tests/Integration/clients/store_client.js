// Asks a store everything with grpc-js and prints one JSON document. Usage: node store_client.js HOST:PORT TENANT BATCH_SIZE
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, tenant, batchSize] = process.argv.slice(2);
const loaded = loader.loadSync(['storeapi.proto', 'infoapi.proto'].map(name => path.join(__dirname, name)),
  { includeDirs: [__dirname], keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
const { thanos } = grpc.loadPackageDefinition(loaded);
const credentials = grpc.credentials.createInsecure();
const options = { 'grpc.max_receive_message_length': -1 };
const store = new thanos.Store(address, credentials, options);
const info = new thanos.info.Info(address, credentials, options);
const matchers = [{ type: 'EQ', name: 'tenant_id', value: tenant }, { type: 'NEQ', name: '__name__', value: '' }];
const [minTime, maxTime] = ['-9223372036854775808', '9223372036854775807'];

const unary = (client, method, request) => new Promise((resolve, reject) =>
  client[method](request, (error, reply) => error ? reject(error) : resolve(reply)));

function readSeries() {
  return new Promise((resolve, reject) => {
    const all = [];
    const call = store.Series({ min_time: minTime, max_time: maxTime, matchers, response_batch_size: batchSize });
    call.on('data', reply => {
      if (reply.result === 'series') all.push(reply.series);
      else if (reply.result === 'batch') all.push(...reply.batch.series);
      else reject(new Error(`unexpected ${reply.result}: ${reply.warning}`));
    });
    call.on('error', reject);
    call.on('end', () => resolve(all));
  });
}

const pairs = set => set.labels.map(label => [label.name, label.value]);

async function main() {
  const about = await unary(info, 'Info', {});
  const series = await readSeries();
  const names = await unary(store, 'LabelNames', { start: minTime, end: maxTime, matchers });
  const jobs = await unary(store, 'LabelValues', { label: 'job', start: minTime, end: maxTime, matchers });
  console.log(JSON.stringify({
    component: about.ComponentType,
    labelSets: about.label_sets.map(pairs),
    minTime: about.store.min_time,
    maxTime: about.store.max_time,
    sharding: about.store.supports_sharding,
    withoutReplicaLabels: about.store.supports_without_replica_labels,
    databases: about.store.tsdb_infos.map(database => pairs(database.labels)),
    exemplars: about.exemplars !== null,
    status: about.status !== null,
    names: names.names,
    jobs: jobs.values,
    series: series.map(one => ({
      labels: pairs(one),
      chunks: one.chunks.map(chunk => [chunk.raw.type, chunk.raw.data.toString('base64')]),
    })),
  }));
  store.close();
  info.close();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
