import Diagnostics
import Glibc
import PropertyTree
import TemplateParsing

extension Resolution {
  /// `Fn::Cidr`: `count` blocks with `bits` host bits each, cut from the start of a block.
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
    guard let whole = AddressBlock(blockText) else {
      report(
        .wrongIntrinsicValue, "`\(blockText)` is not an IPv4 or IPv6 block", at: block.span,
        hint: "write it as `10.0.0.0/16`, or `2001:db8::/56`")
      return Self.unresolved
    }
    guard let parts = whole.divided(into: wanted, hostBits: hostBits) else {
      report(
        .wrongIntrinsicValue,
        "\(wanted) \(wanted == 1 ? "block" : "blocks") of \(hostBits) bits "
          + "\(wanted == 1 ? "does" : "do") not fit into `\(blockText)`",
        at: bits?.span ?? count.span)
      return Self.unresolved
    }
    return .list(parts.map { .string($0) })
  }
}

/// A range of addresses, `10.0.0.0/16` or `2001:db8::/56`.
private struct AddressBlock {
  /// 32 or 128.
  let width: Int
  let prefix: Int
  let base: UInt128

  /// nil for what is no block. Bits behind the prefix count for nothing.
  init?(_ text: String) {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let prefix = Int(halves[1]) else { return nil }
    let isShort = !halves[0].contains(":")
    let width = isShort ? 32 : 128
    var bytes = [UInt8](repeating: 0, count: width / 8)
    guard (0...width).contains(prefix),
      inet_pton(isShort ? AF_INET : AF_INET6, String(halves[0]), &bytes) == 1
    else { return nil }
    let address = bytes.reduce(UInt128(0)) { ($0 << 8) | UInt128($1) }
    self.width = width
    self.prefix = prefix
    base = prefix == 0 ? 0 : (address >> (width - prefix)) << (width - prefix)
  }

  /// nil where they do not fit.
  func divided(into count: Int, hostBits: Int) -> [String]? {
    guard (1...width).contains(hostBits), width - hostBits >= prefix else { return nil }
    let available = width - hostBits - prefix
    guard available >= 9 || count <= (1 << available) else { return nil }
    return (0..<count).map { index in
      "\(text(of: base + (UInt128(index) << hostBits)))/\(width - hostBits)"
    }
  }

  private func text(of address: UInt128) -> String {
    let bytes = (0..<(width / 8)).map { UInt8(truncatingIfNeeded: address >> (width - 8 - 8 * $0)) }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = width == 32 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
