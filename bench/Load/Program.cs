Console.Error.WriteLine("load: not written yet"); return 1;
