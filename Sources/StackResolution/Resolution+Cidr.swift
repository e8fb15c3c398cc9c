import Diagnostics
import PropertyTree
import TemplateParsing

extension Resolution {
  /// `Fn::Cidr`: `count` blocks with `bits` host bits each, cut from the start of an IPv4 block.
  func cidr(_ block: Expression, _ count: Expression, _ bits: Expression?) -> PropertyValue {
    let blockText = text(block, "the block of `Fn::Cidr`")
    let wanted = integer(count, "the count of `Fn::Cidr`")
    let hostBits = bits.map { integer($0, "the bits of `Fn::Cidr`") } ?? 8
    guard let blockText, let wanted, let hostBits else { return Self.unresolved }
    guard (1...256).contains(wanted) else {
      report(
        .wrongIntrinsicValue, "the count of `Fn::Cidr` is 1 to 256, not \(wanted)", at: count.span)
      return Self.unresolved
    }
    if holdsPlaceholders, Placeholder.isPart(of: blockText) { return .list([.string(blockText)]) }
    guard let (base, prefix) = Self.ipv4Block(blockText) else {
      report(
        .wrongIntrinsicValue, "`\(blockText)` is not an IPv4 block that Leat can divide",
        at: block.span, hint: "write it as `10.0.0.0/16`")
      return Self.unresolved
    }
    let place = bits?.span ?? count.span
    guard (1...32).contains(hostBits), 32 - hostBits >= prefix,
      wanted << hostBits <= 1 << (32 - prefix)
    else {
      report(
        .wrongIntrinsicValue,
        "\(wanted) blocks of \(hostBits) bits do not fit into `\(blockText)`", at: place)
      return Self.unresolved
    }
    return .list(
      (0..<wanted).map { index in
        let address = base + index << hostBits
        let parts = [24, 16, 8, 0].map { String((address >> $0) & 0xFF) }
        return .string("\(parts.joined(separator: "."))/\(32 - hostBits)")
      })
  }

  private static func ipv4Block(_ text: String) -> (base: Int, prefix: Int)? {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let prefix = Int(halves[1]), (0...32).contains(prefix) else {
      return nil
    }
    let octets = halves[0].split(separator: ".", omittingEmptySubsequences: false).compactMap {
      Int($0)
    }
    guard octets.count == 4, octets.allSatisfy({ (0...255).contains($0) }) else { return nil }
    let address = octets.reduce(0) { $0 << 8 | $1 }
    return (address & ~((1 << (32 - prefix)) - 1), prefix)
  }
}
