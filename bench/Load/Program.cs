using Load;

if (args.Length == 0 || args[0] is "--help" or "-h")
{
    Console.WriteLine(LoadOptions.Usage);
    return 0;
}

LoadOptions options;
try
{
    options = LoadOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"load: {e.Message}");
    return 2;
}

// Everything that costs much happens before the clock starts.
var factory = new RequestFactory(options);
var requests = new CompressedRequest[options.Batches];
for (var i = 0; i < requests.Length; i++) requests[i] = factory.Create(i, generation: 0);
var run = new LoadRun(options, requests, factory);
run.WarmUp();
GC.Collect();
run.Execute();
if (options.Latencies.Length > 0)
{
    using var file = new StreamWriter(options.Latencies);
    run.Creation.WriteLatencies(file);
    run.Steady.WriteLatencies(file);
}
Console.Write(Report.ForPeople(run, factory));
if (options.Report.Length > 0) File.WriteAllText(options.Report, Report.ForScripts(run));
return run.Creation.Errors + run.Steady.Errors == 0 ? 0 : 1;
