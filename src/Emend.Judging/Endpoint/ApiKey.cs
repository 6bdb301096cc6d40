using Emend.Text;

namespace Emend.Judging;

/// <summary>A key that an endpoint wants. It comes from the environment or a file, and nothing prints it.</summary>
public sealed class ApiKey
{
    private ApiKey(string value) => Value = value;

    internal string Value { get; }

    /// <summary>Null where neither is given.</summary>
    /// <param name="variable">Name of an environment variable.</param>
    /// <param name="file">A file whose first line that is no comment (#) is the key.</param>
    /// <param name="prefix">What stands before the names of the two options in messages.</param>
    /// <exception cref="InvalidInputException">The variable or the file holds no key, or both are given.</exception>
    public static ApiKey? Read(string? variable, string? file, string prefix = "--")
    {
        if (variable is not null && file is not null)
            throw new InvalidInputException($"{prefix}api-key-variable {variable} and {prefix}api-key-file {file} are both given; one of them says where the key is");
        if (variable is not null)
        {
            string? value = Environment.GetEnvironmentVariable(variable)?.Trim();
            return Checked(value, $"{prefix}api-key-variable {variable}: the environment has no such variable, or it is empty");
        }
        if (file is null)
            return null;
        if (!File.Exists(file))
            throw new InvalidInputException($"{prefix}api-key-file {file}: there is no such file");
        string? line = File.ReadLines(file).Select(text => text.Trim()).FirstOrDefault(text => text.Length > 0 && text[0] != '#');
        return Checked(line, $"{prefix}api-key-file {file}: holds no key; the first line that is not empty and no comment (#) is it");
    }

    /// <summary>A key that was kept elsewhere, and checked there.</summary>
    public static ApiKey Of(string value) => new(value);

    public override string ToString() => "(hidden)";

    private static ApiKey Checked(string? value, string problem)
    {
        if (string.IsNullOrEmpty(value))
            throw new InvalidInputException(problem);
        return value.All(letter => letter is > ' ' and < '\x7f')
            ? new ApiKey(value)
            : throw new InvalidInputException($"{problem.Split(':')[0]}: the key holds white space or letters that a header cannot carry");
    }
}
