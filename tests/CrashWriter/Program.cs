using CrashWriter;
using TestKit;
using Tsdb;

// Appends to a database until it is killed, and says on its output what was acknowledged, one line each (Lines).
var options = Options.Parse(args);
var clock = new ManualClock();
using var database = Database.Open(options.ToDatabase(clock));
var output = new Acknowledgements(Console.OpenStandardOutput());
output.Write("ready\n");
var writers = new Writers(database, options, output);
var threads = new List<Thread>();
for (var i = 0; i < Writers.Count; i++)
{
    var number = i;
    threads.Add(new Thread(() => writers.Append(number)));
}
threads.Add(new Thread(() => writers.Maintain(clock)));
foreach (var thread in threads) thread.Start();
foreach (var thread in threads) thread.Join();
return 1; // Nobody ends it but a signal.
