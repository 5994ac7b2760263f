Console.Error.WriteLine("drydock: not yet");
return 125;
