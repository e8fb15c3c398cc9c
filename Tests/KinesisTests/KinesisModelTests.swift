import AWSModel
import Effects
import Testing

@testable import Kinesis

@Suite struct KinesisModelTests {
  static let now = Timestamp(year: 2026, month: 11, day: 21)

  @Test(arguments: Array(1...70) + [128, 999, 1000, 4096, 10_000])
  func shardsPartitionTheHashSpace(_ count: Int) {
    let shards = ShardModel.even(count, created: Self.now)
    #expect(shards.count == count)
    #expect(shards.first?.firstHash.value == 0 && shards.last?.lastHash.value == .max)
    for (shard, next) in zip(shards, shards.dropFirst()) {
      #expect(shard.lastHash.value + 1 == next.firstHash.value)
      #expect(shard.firstHash <= shard.lastHash)
    }
  }

  @Test func threeShardsEndWhereTheyDoOnAWS() {
    let ends = ShardModel.even(3, created: Self.now).map(\.lastHash.decimal)
    #expect(
      ends == [
        "113427455640312821154458202477256070484", "226854911280625642308916404954512140969",
        "340282366920938463463374607431768211455",
      ])
  }

  @Test func partitionKeysHashByMD5() {
    let key = Array("a".utf8).withUnsafeBytes { HashKey(partitionKey: $0) }
    #expect(key.decimal == "16955237001963240173058271559858726497")
  }

  @Test(arguments: ["-1", "+1", "01", "", "1x", "340282366920938463463374607431768211456"])
  func malformedHashKeysAreRefused(_ text: String) { #expect(HashKey(decimal: text) == nil) }

  @Test func sequenceNumbersGrowAndRoundTrip() throws {
    let shard = ShardModel(
      ordinal: 1234, firstHash: HashKey(0), lastHash: HashKey(.max), created: Self.now)
    var last = ""
    for place in [0, 1, 2, 255, 256, 1 << 31, 1 << 48, UInt64.max] {
      for second in [0, 1, 100_000] {
        let number = SequenceNumber(
          shard: shard, place: place, arrival: Self.now.adding(seconds: second))
        #expect(number.text.utf8.count == 56)
        #expect(SequenceNumber(number.text) == number)
        #expect(number.text > last, "place \(place), second \(second)")
        last = number.text
      }
    }
  }

  @Test(arguments: [0, 999, 1 << 20, 1 << 40, (1 << 48) - 300, .max - 1_000] as [UInt64])
  func theNumberOfTheNextPlaceIsASum(_ first: UInt64) {
    let shard = ShardModel(
      ordinal: 7, firstHash: HashKey(0), lastHash: HashKey(.max), created: Self.now)
    func text(_ digits: SequenceDigits) -> String {
      var bytes = [UInt8](repeating: 0, count: SequenceDigits.count)
      bytes.withUnsafeMutableBytes(digits.write(to:))
      return String(decoding: bytes, as: UTF8.self)
    }
    var digits = SequenceDigits(SequenceNumber(shard: shard, place: first, arrival: Self.now))
    for place in (first + 1)...(first + 999) {
      digits.advance()
      let number = SequenceNumber(shard: shard, place: place, arrival: Self.now)
      #expect(text(digits) == number.text)
    }
  }

  @Test func aSequenceNumberOfAWSReadsBack() throws {
    let text = "49543463076548007577105092703039560359975228518395019266"
    let number = try #require(SequenceNumber(text))
    #expect(number.text == text)
    #expect(number.ordinal == 0)
  }

  @Test(arguments: [
    "", "1", String(repeating: "9", count: 56),
    "4954346307654800757710509270303956035997522851839501926x",
  ])
  func inventedSequenceNumbersAreRefused(_ text: String) { #expect(SequenceNumber(text) == nil) }

  @Test func iteratorsRoundTripAndRefuseDamage() throws {
    let iterator = ShardIterator(
      storageID: "0123456789abcdef", ordinal: 7, position: 1 << 40, created: Self.now)
    #expect(ShardIterator(iterator.text) == iterator)
    #expect(iterator.text.count <= 512)
    var damaged = Array(iterator.text)
    damaged[20] = damaged[20] == "A" ? "B" : "A"
    #expect(ShardIterator(String(damaged)) == nil)
    for text in ["", "x", "AAAA", String(repeating: "A", count: 400)] {
      #expect(ShardIterator(text) == nil)
    }
  }

  @Test(arguments: [(1, 4), (4, 1), (3, 5), (5, 3), (2, 2), (2, 4), (7, 4), (10, 6), (6, 11)])
  func scalingKeepsTheSpaceCovered(_ from: Int, _ to: Int) {
    var model = StreamModel(
      name: "s", storageID: "x", created: Self.now, mode: .provisioned,
      shards: ShardModel.even(from, created: Self.now), retentionHours: 24, tags: [])
    model.scale(to: to, Self.now)
    let open = model.openShards.sorted { $0.firstHash < $1.firstHash }
    #expect(open.count == to)
    #expect(open.first?.firstHash.value == 0 && open.last?.lastHash.value == .max)
    for (shard, next) in zip(open, open.dropFirst()) {
      #expect(shard.lastHash.value + 1 == next.firstHash.value)
    }
    #expect(Set(model.shards.map(\.ordinal)).count == model.shards.count)
    guard from != to else { return }
    #expect(open.allSatisfy { $0.parent != nil })
    if to == 2 * from || from == 2 * to { #expect(model.shards.count == from + to) }
    // Reading parents first yields all that a part of the space has taken before.
    let byOrdinal = Dictionary(uniqueKeysWithValues: model.shards.map { ($0.ordinal, $0) })
    for shard in open {
      var ancestors: Set<Int> = []
      var waiting = [shard]
      while let next = waiting.popLast() {
        let parents = [next.parent, next.adjacentParent].compactMap { $0 }
        ancestors.formUnion(parents)
        waiting += parents.compactMap { byOrdinal[$0] }
        #expect(parents.allSatisfy { $0 < next.ordinal && byOrdinal[$0]?.closed != nil })
      }
      let sources = model.shards.filter {
        $0.ordinal < from && $0.firstHash <= shard.lastHash && shard.firstHash <= $0.lastHash
      }
      #expect(ancestors.isSuperset(of: sources.map(\.ordinal)), "\(shard.id)")
    }
  }
}
