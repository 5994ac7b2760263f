using Drydock.Cli;

return Personality.Of(Environment.GetCommandLineArgs()[0])(args);
