using Drydock.Cli;

return CommandLine.Invoke(args);
