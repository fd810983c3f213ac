namespace Tsdb.Head.Exemplars;

/// <summary>What a database's exemplars were at one moment. Exported with the prefix <c>prometheus_tsdb_exemplar_</c>.</summary>
/// <param name="Capacity">Exemplars that fit (max_exemplars).</param>
/// <param name="Count">Exemplars there (exemplars_in_storage).</param>
/// <param name="SeriesCount">Series that have some (series_with_exemplars_in_storage).</param>
/// <param name="NextOverwrittenMs">Time of the one that is overwritten next, Unix milliseconds; 0 without any
/// (last_exemplars_timestamp_seconds).</param>
/// <param name="Appended">Ever stored (exemplars_appended_total).</param>
/// <param name="OutOfOrder">Accepted and then refused at commit or replay (out_of_order_exemplars_total).</param>
public readonly record struct ExemplarCounters(
    int Capacity, int Count, int SeriesCount, long NextOverwrittenMs, long Appended, long OutOfOrder);
