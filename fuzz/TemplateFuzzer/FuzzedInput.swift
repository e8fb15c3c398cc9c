/// An input's parts, divided by lines of `#%%`: the template, the file that every include reads,
/// and parameters as `Name=value` lines. Most inputs are a template alone.
struct FuzzedInput {
  let template: [UInt8]
  /// nil where no file may be read.
  let included: [UInt8]?
  let parameters: [String: String]

  init(_ bytes: [UInt8]) {
    let mark = Array("\n#%%\n".utf8)
    var parts: [[UInt8]] = [[]]
    var index = 0
    while index < bytes.count {
      if parts.count < 3, bytes[index] == mark[0], bytes[index...].starts(with: mark) {
        parts[parts.count - 1].append(mark[0])
        parts.append([])
        index += mark.count
        continue
      }
      parts[parts.count - 1].append(bytes[index])
      index += 1
    }
    template = parts[0]
    included = parts.count > 1 ? parts[1] : nil
    var values: [String: String] = [:]
    for line in (parts.count > 2 ? parts[2] : []).split(separator: 0x0A) {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: line[..<equals], as: UTF8.self)
      values[name] = String(decoding: line[(equals + 1)...], as: UTF8.self)
    }
    parameters = values
  }
}
