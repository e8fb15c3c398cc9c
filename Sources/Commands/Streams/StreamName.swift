import AWSModel
import ArgumentParser
import Diagnostics
import Effects
import PropertyTree
import StackContracts
import StackEngine

/// A stream as the command line names it: by its name, or by its ARN.
struct StreamName: Sendable, Hashable {
  var text: String

  /// The member of a request that names it.
  var members: PropertyObject {
    text.hasPrefix("arn:") ? ["StreamARN": .string(text)] : ["StreamName": .string(text)]
  }

  /// The members of a request about it.
  func members(_ others: PropertyObject) -> PropertyValue {
    var members = members
    for (key, value) in others { members[key] = value }
    return .object(members)
  }

  /// The summary of DescribeStreamSummary.
  ///
  /// - Throws: `StackFailure` that says which streams there are, where there is no such one.
  func describe(over connection: any EnvironmentConnection) async throws -> PropertyValue {
    do {
      let answer = try await connection.call(
        "kinesis", "DescribeStreamSummary", .object(members))
      return answer["StreamDescriptionSummary"] ?? [:]
    } catch let error as ServiceError where error.code == "ResourceNotFoundException" {
      let deliveryStreams = try await connection.deliveryStreamNames()
      guard !deliveryStreams.contains(text) else {
        throw StackFailure(
          .invalidArgument, "`\(text)` is a delivery stream, which has no shards to read",
          hint: "its records are in its destination; `leat send` sends to it")
      }
      throw StackFailure(
        .invalidArgument, "there is no stream `\(text)`",
        hint: Self.advice(text, among: try await connection.streamNames(), "streams"))
    }
  }

  /// A name that may have been meant, else all there are.
  ///
  /// - Parameter noun: of the names, in the plural.
  static func advice(_ text: String, among names: [String], _ noun: String) -> String {
    if let meant = Suggestion.didYouMean(text, among: names) { return meant }
    guard !names.isEmpty else {
      return "there are no \(noun) in this account and region; `leat deploy` makes some"
    }
    let shown = names.prefix(10).joined(separator: ", ")
    return "there are: \(shown)" + (names.count > 10 ? " and \(names.count - 10) more" : "")
  }
}

extension EnvironmentConnection {
  /// Names of all streams of the account and region.
  func streamNames() async throws -> [String] {
    try await names("kinesis", "ListStreams", "StreamNames", "ExclusiveStartStreamName")
  }

  func deliveryStreamNames() async throws -> [String] {
    try await names(
      "firehose", "ListDeliveryStreams", "DeliveryStreamNames",
      "ExclusiveStartDeliveryStreamName")
  }

  /// All pages of an operation that lists names and goes on after the last.
  private func names(
    _ service: String, _ operation: String, _ member: String, _ startMember: String
  ) async throws -> [String] {
    var names: [String] = []
    while true {
      let input: PropertyObject = names.last.map { [startMember: .string($0)] } ?? [:]
      let answer = try await call(service, operation, .object(input))
      let page = (answer[member]?.listValue ?? []).compactMap(\.stringValue)
      names += page
      let more = answer["HasMoreStreams"] ?? answer["HasMoreDeliveryStreams"]
      guard more?.booleanValue == true, !page.isEmpty else { return names }
    }
  }
}

extension CompletionKind {
  /// Names of streams, and of delivery streams too, of the environment that a server holds. There
  /// are none without a server: a completion should not open a data directory.
  static func streams(andDeliveryStreams: Bool = false) -> CompletionKind {
    .custom { words, _, _ in
      let path = value(of: "--data", in: words) ?? environmentValue("LEAT_DATA") ?? ".leat"
      do {
        var common = try CommonOptions.parse(["--data", path])
        common.region = value(of: "--region", in: words) ?? common.region
        common.account = value(of: "--account", in: words) ?? common.account
        let effects = Effects.live()
        guard let endpoint = try DataDirectory.holder(of: path, effects: effects)?.endpoint else {
          return []
        }
        let connection = try await ServedConnection(endpoint: endpoint, scope: common.scope)
        let streams = try await connection.streamNames()
        return try await streams + (andDeliveryStreams ? connection.deliveryStreamNames() : [])
      } catch { return [] }  // a shell that completes has no place for an error
    }
  }

  static func value(of option: String, in words: [String]) -> String? {
    guard let index = words.firstIndex(of: option), index + 1 < words.count else { return nil }
    return words[index + 1]
  }
}
