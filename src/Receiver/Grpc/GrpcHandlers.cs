using System.Buffers;
using Tsdb.Memory;

namespace Receiver.Grpc;

/// <summary>Answers one message with one message.</summary>
/// <param name="call">Who asks and until when.</param>
/// <param name="request">The message, decompressed; valid until the returned task completes.</param>
/// <param name="reply">Takes the reply; ignored when the status is an error.</param>
public delegate ValueTask<GrpcStatus> UnaryHandler(GrpcServerCall call, ReadOnlySequence<byte> request, ByteBuffer reply);

/// <summary>Answers one message with any number of messages, sent by <see cref="GrpcServerCall.WriteAsync"/>.</summary>
/// <param name="call">Who asks and until when.</param>
/// <param name="request">The message, decompressed; valid until the returned task completes.</param>
public delegate ValueTask<GrpcStatus> StreamHandler(GrpcServerCall call, ReadOnlySequence<byte> request);

/// <summary>Reads messages and writes messages in turns of its own choice.</summary>
internal delegate ValueTask<GrpcStatus> DuplexHandler(GrpcServerCall call, RequestReader requests);
