Console.Error.WriteLine("receiver: not wired yet");
return 1;
