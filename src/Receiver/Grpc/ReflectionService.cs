using Google.Protobuf;
using Receiver.Protos.Reflection;
using Request = Receiver.Protos.Reflection.ServerReflectionRequest;

namespace Receiver.Grpc;

/// <summary>Server reflection, v1 and v1alpha: lists the services; descriptors are not available, as upstream's do not
/// resolve.</summary>
public static class ReflectionService
{
    /// <summary>Adds both versions to a server. It lists what the server has when it is asked.</summary>
    public static void Map(GrpcServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        foreach (var version in (ReadOnlySpan<string>)["v1", "v1alpha"])
        {
            server.AddDuplex($"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                (call, requests) => AnswerAsync(server, call, requests));
        }
    }

    private static async ValueTask<GrpcStatus> AnswerAsync(GrpcServer server, GrpcServerCall call, RequestReader requests)
    {
        while (true)
        {
            var status = await requests.ReadAsync(call.Cancelled);
            if (!status.IsOk || requests.AtEnd) return status;
            await call.WriteAsync(Answer(server, Request.Parser.ParseFrom(requests.Message)).ToByteArray());
        }
    }

    private static ServerReflectionResponse Answer(GrpcServer server, Request request)
    {
        var answer = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        if (request.MessageRequestCase == Request.MessageRequestOneofCase.ListServices)
        {
            answer.ListServicesResponse = new ListServiceResponse();
            foreach (var service in server.Services)
                answer.ListServicesResponse.Service.Add(new ServiceResponse { Name = service });
        }
        else
        {
            answer.ErrorResponse = new ErrorResponse { ErrorCode = (int)GrpcCode.NotFound, ErrorMessage = "proto: not found" };
        }
        return answer;
    }
}
