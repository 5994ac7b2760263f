namespace Microsoft.CodeAnalysis;

/// <summary>
/// The compiler's mark of a type that each assembly has for itself: friends of the assembly do not see it.
/// </summary>
[AttributeUsage(AttributeTargets.All)]
internal sealed class EmbeddedAttribute : Attribute;
