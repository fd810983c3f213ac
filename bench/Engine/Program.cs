using Engine;

if (args.Length == 0 || args[0] is "--help" or "-h")
{
    Console.WriteLine(EngineOptions.Usage);
    return 0;
}

EngineOptions options;
try
{
    options = EngineOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"engine: {e.Message}");
    return 2;
}

switch (options.Command)
{
    case "append": AppendCommand.Run(options); break;
    case "create": CreateCommand.Run(options); break;
    case "replay": ReplayCommand.Run(options); break;
    case "open": ReplayCommand.Open(options); break;
    case "cut": CutCommand.Run(options); break;
    case "select": SelectCommand.Run(options); break;
    case "histograms": HistogramsCommand.Run(options); break;
}
return 0;
