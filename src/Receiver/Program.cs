using Receiver.Options;

var arguments = Arguments.Read(args, Environment.GetEnvironmentVariable);
await Console.Out.WriteAsync(arguments.Output);
await Console.Error.WriteAsync(arguments.Error);
return arguments.ExitCode;
