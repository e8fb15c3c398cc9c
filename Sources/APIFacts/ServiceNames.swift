/// All of AWS's services by the names that people know, for messages: `KMS`, where the wire says
/// `TrentService`.
public enum ServiceNames {
  /// - Parameter prefix: what stands before the operation in `X-Amz-Target`.
  public static func name(targetPrefix prefix: String) -> String? {
    name(of: prefix, in: serviceNamesByTarget)
  }

  /// - Parameter name: the service in a signature's scope.
  public static func name(signing name: String) -> String? {
    Self.name(of: name, in: serviceNamesBySigning)
  }

  /// Messages are rare: the lines are looked through each time.
  private static func name(of key: String, in table: StaticString) -> String? {
    let text = table.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(key) ") }
    return line.map { String($0.dropFirst(key.count + 1)) }
  }
}
