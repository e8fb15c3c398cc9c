import APIFacts
import PatternMatching
import Testing

@Suite struct APIFactsTests {
  static func operation(_ service: String, _ name: String) throws -> OperationFacts {
    try #require(APIFacts.service(service)?.operation(name), "no facts of \(service).\(name)")
  }

  @Test(arguments: APIFacts.serviceNames) func everyLineIsReadable(_ name: String) throws {
    let service = try #require(APIFacts.service(name))
    #expect(!service.protocols.isEmpty && !service.apiVersion.isEmpty)
    for operationName in service.operationNames {
      let operation = try Self.operation(name, operationName)
      for shape in operation.shapes.all {
        for member in shape.members + [shape.element, shape.key, shape.value].compactMap({ $0 }) {
          #expect(operation.shapes.all.indices.contains(member.shape))
        }
        #expect(shape.required.allSatisfy { shape.member($0) != nil }, "\(name).\(shape.name)")
      }
      #expect(operation.errors.allSatisfy { !$0.code.isEmpty })
      _ = operation.requiredBindings
      for action in operation.iam {
        #expect(action.resources.keys.allSatisfy { service.resources[$0] != nil })
      }
    }
  }

  @Test func unknownNamesHaveNoFacts() {
    #expect(APIFacts.service("nothing") == nil)
    #expect(APIFacts.service("kinesis")?.operation("CreateStreams") == nil)
    #expect(APIFacts.service("kinesis")?.operation("") == nil)
  }

  @Test func traits() throws {
    let kinesis = try #require(APIFacts.service("kinesis"))
    #expect(kinesis.protocols == [.json])
    #expect(kinesis.targetPrefix == "Kinesis_20131202")
    #expect(kinesis.jsonVersion == "1.1")
    #expect(
      kinesis.resources["stream"]?.arn
        == "arn:${Partition}:kinesis:${Region}:${Account}:stream/${StreamName}")
    let iam = try #require(APIFacts.service("iam"))
    #expect(iam.protocols == [.query] && iam.apiVersion == "2010-05-08")
    #expect(iam.xmlNamespace == "https://iam.amazonaws.com/doc/2010-05-08/")
  }

  @Test func boundsOfMembers() throws {
    let create = try Self.operation("kinesis", "CreateStream")
    let input = try #require(create.shapes.input)
    let name = create.shapes[try #require(input.member("StreamName"))]
    #expect(name.kind == .string && name.pattern == "[a-zA-Z0-9_.-]+")
    #expect(name.minimum?.text == "1" && name.maximum?.text == "128")
    #expect(input.required.contains("StreamName"))
    let update = try Self.operation("kinesis", "UpdateShardCount").shapes
    let scaling = update[try #require(update.input?.member("ScalingType"))]
    #expect(scaling.enumeration == ["UNIFORM_SCALING"])
  }

  @Test func httpBindings() throws {
    let upload = try Self.operation("s3", "UploadPart")
    #expect(upload.http.method == "PUT" && upload.http.path == "/{Bucket}/{Key+}")
    #expect(upload.requiredBindings.query == ["partNumber", "uploadId"])
    #expect(
      try Self.operation("s3", "CopyObject").requiredBindings.headers == ["x-amz-copy-source"])
    #expect(try Self.operation("s3", "ListObjectsV2").http.query == ["list-type": "2"])
    #expect(try Self.operation("s3", "CreateMultipartUpload").http.query == ["uploads": ""])
    let put = try Self.operation("s3", "PutObject").shapes
    #expect(put.input?.payload == "Body")
    #expect(put.input?.member("Metadata")?.location == .headers)
    #expect(put.input?.member("Metadata")?.wireName == "x-amz-meta-")
    #expect(try Self.operation("lambda", "CreateFunction").http.status == 201)
    let list = try Self.operation("s3", "ListObjectsV2").shapes
    let contents = list[try #require(list.output?.member("Contents"))]
    #expect(contents.isFlattened)
    let buckets = try Self.operation("s3", "ListBuckets").shapes
    #expect(buckets[try #require(buckets.output?.member("Buckets"))].element?.wireName == "Bucket")
  }

  @Test func errorsAndActions() throws {
    let role = try Self.operation("iam", "GetRole")
    #expect(role.errors.first { $0.name == "NoSuchEntityException" }?.code == "NoSuchEntity")
    #expect(role.errors.first { $0.name == "NoSuchEntityException" }?.status == 404)
    #expect(role.iam.map(\.name) == ["GetRole"])
    #expect(role.iam.first?.resources == ["role": true])
    #expect(try Self.operation("lambda", "Invoke").iam.map(\.name) == ["InvokeFunction"])
    #expect(try Self.operation("s3", "HeadObject").iam.map(\.name) == ["GetObject"])
  }

  @Test func shapesThatHoldThemselves() throws {
    let glue = try Self.operation("glue", "GetTable").shapes
    #expect(glue.all.count > 20)
    #expect(glue.output?.member("Table") != nil)
  }

  /// Patterns that can't be matched in bounded time: requests are not held against them.
  @Test func unreadablePatternsAreTheseOnly() throws {
    var unreadable: Set<String> = []
    for name in APIFacts.serviceNames {
      let service = try #require(APIFacts.service(name))
      for operation in service.operationNames {
        for shape in try Self.operation(name, operation).shapes.all {
          guard let pattern = shape.pattern else { continue }
          do throws(Pattern.Failure) { _ = try Pattern(pattern) } catch {
            unreadable.insert("\(name).\(shape.name) \(pattern) \(error)")
          }
        }
      }
    }
    #expect(unreadable.sorted() == [])
  }
}
