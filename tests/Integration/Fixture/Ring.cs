using System.Linq;

namespace Integration.Fixture;

/// <summary>Three receivers of one ketama ring, every series on all three.</summary>
internal static class Ring
{
    /// <summary>Prepares receivers below a directory; all use the same bucket. Start each.</summary>
    public static List<ReceiverProcess> OfThree(string directory, string bucketConfig)
    {
        List<ReceiverProcess> receivers = [.. Enumerable.Range(0, 3).Select(n => new ReceiverProcess(
            Path.Combine(directory, $"receiver-{n}"), $"r{n}", $"--objstore.config={bucketConfig}"))];
        var endpoints = string.Join(", ", receivers.Select(static r => $"\"{r.GrpcAddress}\""));
        foreach (var receiver in receivers)
        {
            receiver.RingFlags =
            [
                $"--receive.hashrings=[{{\"endpoints\": [{endpoints}]}}]", "--receive.hashrings-algorithm=ketama",
                "--receive.replication-factor=3", $"--receive.local-endpoint={receiver.GrpcAddress}",
            ];
        }
        return receivers;
    }
}
