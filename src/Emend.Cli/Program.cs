using Emend.Cli;

return CommandLine.Run(args);
