/// Bounds that keep hostile or broken input from exhausting memory or the stack.
enum DocumentLimits {
  /// CloudFormation's own limit for a template; more is worth a warning.
  static let bytesSoftMax = 1 << 20
  /// More is refused unread.
  static let bytesMax = 16 << 20
  /// The deepest nesting of lists and objects.
  static let depthMax = 100
  /// The most nodes that all aliases together may stand for.
  static let aliasedNodesMax = 200_000
  /// The most nodes, and the most text, that loops and functions may give.
  static let generatedNodesMax = 400_000
  static let generatedBytesMax = 64 << 20
  /// Findings after which the reader stops looking for more.
  static let diagnosticsMax = 200
}
