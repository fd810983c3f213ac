using System.Text;

namespace Receiver.RemoteWrite;

/// <summary>The first pass over a request: walk, collect and hash every series of it.</summary>
public static class BatchReader
{
    /// <summary>Reads a remote-write 1.0 body that belongs to one tenant.</summary>
    /// <param name="batch">Reset to the body; holds the result unless there is a fault.</param>
    /// <param name="tenant">Whose the request is.</param>
    public static DecodeFault ReadRemoteWrite(Batch batch, string tenant)
    {
        var owner = batch.AddTenant(tenant);
        var body = batch.Content.Span;
        var walker = new WriteRequestWalker(body, 0, body.Length, Envelope.RemoteWrite);
        ReadSeries(batch, body, ref walker, owner);
        batch.MetadataCount = walker.MetadataCount;
        return walker.Fault;
    }

    /// <summary>Reads a message of another receiver: tuples when there are any, else its own series and tenant.</summary>
    /// <param name="batch">Reset to the message; holds the result unless there is a fault.</param>
    /// <param name="replica">The replica number it names, one-based; 0 when it names none; can be anything.</param>
    /// <remarks>A tenant whose name is not UTF-8 is given a name that no validation accepts.</remarks>
    public static DecodeFault ReadForwarded(Batch batch, out long replica)
    {
        var body = batch.Content.Span;
        var walker = new WriteRequestWalker(body, 0, body.Length, Envelope.Forwarded);
        var owner = batch.AddTenant("");
        var tuples = 0;
        while (true)
        {
            var step = walker.Next();
            if (step == WalkStep.End) break;
            if (step == WalkStep.Series)
            {
                var before = batch.SeriesCount;
                AddSeries(batch, body, ref walker, owner);
                if (tuples > 0 && batch.SeriesCount > before) batch.RemoveLastSeries();
                continue;
            }
            // Series outside of tuples count only in a message without tuples.
            if (tuples++ == 0) batch.DropSeries();
            else owner = batch.AddTenant("");
            ReadTuple(batch, body, ref walker, owner);
        }
        if (tuples == 0) batch.SetTenant(owner, Name(walker.Tenant));
        replica = walker.Replica;
        return walker.Fault;
    }

    private static void ReadTuple(Batch batch, ReadOnlySpan<byte> body, ref WriteRequestWalker outer, int owner)
    {
        var tuple = new WriteRequestWalker(body, outer.ContentStart, outer.FieldEnd, Envelope.TenantTuple);
        ReadSeries(batch, body, ref tuple, owner);
        batch.SetTenant(owner, Name(tuple.Tenant));
        if (!tuple.Fault.IsNone) outer.Fail(tuple.Fault);
    }

    private static void ReadSeries(Batch batch, ReadOnlySpan<byte> body, ref WriteRequestWalker walker, int owner)
    {
        while (walker.Next() == WalkStep.Series) AddSeries(batch, body, ref walker, owner);
    }

    private static void AddSeries(Batch batch, ReadOnlySpan<byte> body, ref WriteRequestWalker walker, int owner)
    {
        var fault = SeriesReader.Add(batch, body, walker.FieldStart, walker.ContentStart, walker.FieldEnd, owner);
        if (!fault.IsNone) walker.Fail(fault);
    }

    private static string Name(ReadOnlySpan<byte> tenant) =>
        System.Text.Unicode.Utf8.IsValid(tenant) ? Encoding.UTF8.GetString(tenant) : "/";
}
