import AWSModel
import Effects
import PropertyTree
import Testing

@Suite struct S3ListingTests {
  /// The right answer of a listing, by the definition: walk all keys in order of their bytes.
  private func naive(_ keys: [String], prefix: String, delimiter: String, after: String)
    -> [String]
  {
    var entries: [String] = []
    for key in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard key.utf8.starts(with: prefix.utf8), after.utf8.lexicographicallyPrecedes(key.utf8)
      else { continue }
      let rest = Array(key.utf8.dropFirst(prefix.utf8.count))
      let wanted = Array(delimiter.utf8)
      var entry = "k:\(key)"
      if !wanted.isEmpty, rest.count >= wanted.count {
        for index in 0...(rest.count - wanted.count)
        where rest[index..<index + wanted.count].elementsEqual(wanted) {
          let end = prefix.utf8.count + index + wanted.count
          entry = "p:" + String(decoding: Array(key.utf8)[..<end], as: UTF8.self)
          break
        }
      }
      if entries.last != entry { entries.append(entry) }
    }
    return entries
  }

  private func entries(_ page: PropertyValue) -> [String] {
    let keys = page.list("Contents").compactMap { $0.text("Key").map { "k:\($0)" } }
    let prefixes = page.list("CommonPrefixes").compactMap { $0.text("Prefix").map { "p:\($0)" } }
    return (keys + prefixes).sorted {
      $0.dropFirst(2).utf8.lexicographicallyPrecedes($1.dropFirst(2).utf8)
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5])
  func pagesEqualTheDefinitionOnRandomKeys(_ seed: UInt64) async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    let random = SeededRandomSource(seed: seed)
    // Few letters, so that prefixes are shared; scalars beyond ASCII, so that bytes order.
    var keys: Set<String> = []
    for _ in 0..<120 {
      keys.insert(random.text(Int(random.nextUInt64() % 6) + 1, from: "ab//é\u{FFFF}😀"))
    }
    for key in keys { try await s3.put(key) }
    for round in 0..<30 {
      let prefix = ["", "a", "/", "a/", "é", "b/a", "zz"][round % 7]
      let delimiter = ["", "/", "a", "//"][round % 4]
      let after = round % 3 == 0 ? random.text(2, from: "ab/é") : ""
      let limit = Int(random.nextUInt64() % 7) + 1
      var expected = naive(Array(keys), prefix: prefix, delimiter: delimiter, after: after)
      expected.sort { $0.dropFirst(2).utf8.lexicographicallyPrecedes($1.dropFirst(2).utf8) }
      var found: [String] = []
      var members: PropertyObject = [
        "Bucket": "bucket", "Prefix": .string(prefix), "Delimiter": .string(delimiter),
        "MaxKeys": .int(Int64(limit)),
      ]
      if !after.isEmpty { members["StartAfter"] = .string(after) }
      for _ in 0...keys.count {
        let page = try await s3.call("ListObjectsV2", members).members
        let got = entries(page)
        #expect(got.count == page["KeyCount"]?.integerValue.map(Int.init))
        #expect(got.count <= limit)
        found += got
        guard page["IsTruncated"]?.booleanValue == true else { break }
        #expect(got.count == limit)
        members["ContinuationToken"] = page["NextContinuationToken"]
      }
      #expect(
        found == expected,
        "seed \(seed), prefix \(prefix), delimiter \(delimiter), after \(after), limit \(limit)")
    }
    try s3.end()
  }

  @Test func markersOfTheOldListing() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    for key in ["a", "b/1", "b/2", "c", "d/1"] { try await s3.put(key) }
    var members: PropertyObject = ["Bucket": "bucket", "Delimiter": "/", "MaxKeys": 1]
    var found: [String] = []
    for _ in 0..<10 {
      let page = try await s3.call("ListObjects", members).members
      found += entries(page)
      guard page["IsTruncated"]?.booleanValue == true else { break }
      members["Marker"] = page["NextMarker"]
    }
    #expect(found == ["k:a", "p:b/", "k:c", "p:d/"])
    try s3.end()
  }

  @Test func keysAreEncodedWhenAsked() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("a b+c/ä&\u{1}")
    let page = try await s3.call(
      "ListObjectsV2", ["Bucket": "bucket", "EncodingType": "url", "Prefix": "a b"])
    #expect(page.members.list("Contents")[0].text("Key") == "a%20b%2Bc/%C3%A4%26%01")
    #expect(page.members.text("Prefix") == "a%20b")
    #expect(page.members.text("EncodingType") == "url")
    try s3.end()
  }

  @Test func deletedKeysMakeNoPrefix() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    for key in ["a/1", "b/1"] { try await s3.put(key) }
    try await s3.call("DeleteObject", ["Bucket": "bucket", "Key": "a/1"])
    let page = try await s3.call("ListObjectsV2", ["Bucket": "bucket", "Delimiter": "/"]).members
    #expect(entries(page) == ["p:b/"])
    try s3.end()
  }

  @Test func manyVersionsAreOneKey() async throws {
    let s3 = try S3Bench()
    try await s3.bucket(versioning: "Enabled")
    for number in 0..<40 { try await s3.put("a", "\(number)") }
    try await s3.put("b")
    let page = try await s3.call("ListObjectsV2", ["Bucket": "bucket"]).members
    #expect(entries(page) == ["k:a", "k:b"])
    #expect(page.list("Contents")[0].text("Size") == "2")
    try s3.end()
  }

  @Test func limitsAndTokens() async throws {
    let s3 = try S3Bench()
    try await s3.bucket()
    try await s3.put("a")
    let none = try await s3.call("ListObjectsV2", ["Bucket": "bucket", "MaxKeys": 0]).members
    #expect(entries(none).isEmpty && none["IsTruncated"]?.booleanValue == false)
    for (member, value) in [
      ("MaxKeys", "-1"), ("MaxKeys", "many"), ("ContinuationToken", "%%"), ("EncodingType", "x"),
    ] {
      let code = try await s3.fault(
        "ListObjectsV2", ["Bucket": "bucket", member: .string(value)])
      #expect(code == "InvalidArgument")
    }
    #expect(try await s3.fault("ListObjectsV2", ["Bucket": "none"]) == "NoSuchBucket")
    try s3.end()
  }
}
