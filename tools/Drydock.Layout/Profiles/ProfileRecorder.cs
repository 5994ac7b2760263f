using System.Reflection.PortableExecutable;

namespace Drydock.Layout.Profiles;

/// <summary>Makes the hints for the compiler from what the runtime counted in runs.</summary>
internal static class ProfileRecorder
{
    /// <summary>A method is left out if its most frequent edge is run so many times less often than that of all.</summary>
    private const int Significance = 1000;

    /// <param name="assemblies">The assemblies that were run; what else ran is left out.</param>
    /// <param name="runs">What the runtime wrote of each run, by lines.</param>
    /// <param name="methods">How many methods the hints are for.</param>
    /// <returns>A file for the compiler.</returns>
    public static byte[] Record(IEnumerable<PEReader> assemblies, IEnumerable<IEnumerable<string>> runs, out int methods)
    {
        var index = new MethodIndex();
        foreach (PEReader assembly in assemblies) index.Add(assembly);
        SortedDictionary<string, MethodCounts> sums = Sum(runs, index);
        uint most = 0;
        foreach (MethodCounts sum in sums.Values) most = Math.Max(most, sum.Most);
        var hints = new HintWriter();
        methods = 0;
        foreach (MethodCounts sum in sums.Values)
        {
            if (sum.Most == 0 || sum.Most < most / Significance) continue;
            if (index.Find(sum) is not var (assembly, handle)) continue;
            hints.Add(assembly, handle, sum.Edges);
            methods++;
        }
        return hints.Finish();
    }

    private static SortedDictionary<string, MethodCounts> Sum(IEnumerable<IEnumerable<string>> runs, MethodIndex index)
    {
        SortedDictionary<string, MethodCounts> sums = new(StringComparer.Ordinal);
        foreach (IEnumerable<string> run in runs)
            foreach (MethodCounts method in RuntimeCounts.Read(run))
            {
                if (index.Find(method) is null) continue;
                string key = $"{method.Name} {method.Size} {method.Parameters}";
                sums[key] = sums.TryGetValue(key, out MethodCounts? sum) ? sum.Plus(method) : method;
            }
        return sums;
    }
}
