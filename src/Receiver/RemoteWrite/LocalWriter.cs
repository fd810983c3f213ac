using System.Buffers;
using System.Runtime.CompilerServices;
using Tsdb;
using Tsdb.Head;

namespace Receiver.RemoteWrite;

/// <summary>Appends series of a request to a tenant's database: find all, create what is missing, append all, commit
/// once.</summary>
/// <remarks>
/// Everything valid is committed even when some of it is refused. Labels are decoded only for hashes the head does not know.
/// Requests with native histograms, and with exemplars where they are kept, go through <see cref="HistogramWriter"/>. A series
/// that holds nothing but exemplars creates nothing.
/// </remarks>
/// <param name="databases">Where tenants' databases come from.</param>
public sealed class LocalWriter(ITenantDatabases databases) : ILocalWriter
{
    [ThreadStatic]
    private static MissingSeries? _missing;

    [ThreadStatic]
    private static HistogramWriter? _histograms;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteResult> WriteAsync(string tenant, Batch batch, CancellationToken stop)
    {
        Database database;
        try
        {
            database = await databases.OpenAsync(tenant, stop);
        }
        catch (Exception e) when (IsOpenFailure(e))
        {
            return NotOpened(e);
        }
        return WriteAll(database, batch);
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WriteResult> WriteAsync(string tenant, Batch batch, ReadOnlyMemory<int> series, CancellationToken stop)
    {
        Database database;
        try
        {
            database = await databases.OpenAsync(tenant, stop);
        }
        catch (Exception e) when (IsOpenFailure(e))
        {
            return NotOpened(e);
        }
        return WriteSome(database, batch, series.Span);
    }

    // What opening a directory, its lock and its log can throw; a damaged file is an InvalidDataException.
    private static bool IsOpenFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or InvalidDataException or InvalidOperationException;

    private static WriteResult NotOpened(Exception e) => new(WriteOutcome.Failed, "get tenant appendable: " + e.Message);

    private static WriteResult WriteAll(Database database, Batch batch)
    {
        var errors = default(WriterErrors);
        if (IsMixed(database, batch)) return WriteMixed(database, batch, ref errors);
        if (batch.SampleLessCount > 0)
        {
            foreach (ref readonly var entry in batch.Series)
            {
                var fault = JudgeSampleLess(batch, in entry, ref errors);
                if (!fault.IsNone) return WriteResult.Malformed(fault.ToString());
            }
        }
        return Append(database, batch, batch.Items, ref errors);
    }

    private static WriteResult WriteSome(Database database, Batch batch, ReadOnlySpan<int> series)
    {
        var errors = default(WriterErrors);
        if (IsMixed(database, batch))
            return (_histograms ??= new HistogramWriter()).Write(database, batch, series, ref errors);
        var entries = batch.Series;
        var count = 0;
        foreach (var index in series)
        {
            count += entries[index].ItemCount;
            var fault = JudgeSampleLess(batch, in entries[index], ref errors);
            if (!fault.IsNone) return WriteResult.Malformed(fault.ToString());
        }
        var rented = ArrayPool<AppendItem>.Shared.Rent(count);
        try
        {
            var at = 0;
            foreach (var index in series)
            {
                ref readonly var entry = ref entries[index];
                batch.Items.Slice(entry.FirstItem, entry.ItemCount).CopyTo(rented.AsSpan(at));
                at += entry.ItemCount;
            }
            return Append(database, batch, rented.AsSpan(0, count), ref errors);
        }
        finally
        {
            ArrayPool<AppendItem>.Shared.Return(rented);
        }
    }

    private static bool IsMixed(Database database, Batch batch) =>
        batch.HistogramCount > 0 || ExemplarWriter.IsNeeded(database, batch);

    private static WriteResult WriteMixed(Database database, Batch batch, ref WriterErrors errors)
    {
        var rented = ArrayPool<int>.Shared.Rent(batch.SeriesCount);
        try
        {
            var all = rented.AsSpan(0, batch.SeriesCount);
            for (var i = 0; i < all.Length; i++) all[i] = i;
            return (_histograms ??= new HistogramWriter()).Write(database, batch, all, ref errors);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static WriteResult Append(Database database, Batch batch, Span<AppendItem> items, ref WriterErrors errors)
    {
        if (items.IsEmpty) return errors.ToResult();
        using var appender = database.CreateAppender();
        appender.Find(items);
        var fault = CreateMissing(appender, batch, items, ref errors);
        if (!fault.IsNone) return WriteResult.Malformed(fault.ToString());
        try
        {
            Append(appender, items, ref errors); // Logs the new series; the disk may refuse here already.
            errors.Add(appender.Commit());
        }
        catch (IOException e)
        {
            errors.Commit = e.Message;
        }
        return errors.ToResult();
    }

    /// <summary>Appends items whose series were found or created, and counts what was refused.</summary>
    /// <exception cref="IOException">The log refused the new series.</exception>
    internal static void Append(HeadAppender appender, Span<AppendItem> items, ref WriterErrors errors)
    {
        appender.Append(items);
        foreach (ref readonly var item in items)
        {
            if (item.Result > AppendResult.Duplicate) errors.Add(item.Result);
        }
    }

    /// <summary>Creates the series of items that were not found, unless label bytes turn out to be none.</summary>
    internal static DecodeFault CreateMissing(HeadAppender appender, Batch batch, Span<AppendItem> items, ref WriterErrors errors)
    {
        foreach (ref readonly var item in items)
        {
            if (item.SeriesIndex == AppendItem.NoSeries)
                return (_missing ??= new MissingSeries()).Create(appender, batch, items, ref errors);
        }
        return DecodeFault.None;
    }

    /// <summary>A series without samples creates nothing, but its labels are judged all the same.</summary>
    internal static DecodeFault JudgeSampleLess(Batch batch, in SeriesEntry entry, ref WriterErrors errors)
    {
        if (entry.ItemCount > 0) return DecodeFault.None;
        var fault = LabelRun.Judge(batch.Labels(in entry), out _, out var verdict);
        errors.Add(verdict);
        return fault;
    }
}
