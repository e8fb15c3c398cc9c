import AWSModel
import Effects
import PropertyTree

/// `FunctionConfiguration` as the API shows a function.
extension FunctionModel {
  func configuration(in scope: Scope, qualified: Bool = false) -> PropertyObject {
    let arn = arn(in: scope)
    var shown: PropertyObject = [
      "FunctionName": .string(name),
      "FunctionArn": .string(qualified ? "\(arn):$LATEST" : arn),
      "Runtime": .string(settings.runtime),
      "Role": .string(settings.role),
      "Handler": .string(settings.handler),
      "CodeSize": .int(Int64(codeSize)),
      "Description": .string(settings.description),
      "Timeout": .int(Int64(settings.timeout)),
      "MemorySize": .int(Int64(settings.memorySize)),
      "LastModified": .string(lastModifiedText),
      "CodeSha256": .string(Base64.encode(Hex.decode(codeHash) ?? [])),
      "Version": "$LATEST",
      "TracingConfig": ["Mode": "PassThrough"],
      "RevisionId": .string(revisionID),
      "State": "Active",
      "LastUpdateStatus": "Successful",
      "PackageType": "Zip",
      "Architectures": .list(settings.architectures.map { .string($0) }),
      "EphemeralStorage": ["Size": 512],
      "SnapStart": ["ApplyOn": "None", "OptimizationStatus": "Off"],
      "LoggingConfig": shownLogging,
    ]
    if !settings.environment.isEmpty {
      let sorted = settings.environment.sorted { $0.key < $1.key }
      shown["Environment"] = [
        "Variables": .object(PropertyObject(sorted.map { ($0.key, .string($0.value)) }))
      ]
    }
    return shown
  }

  private var shownLogging: PropertyValue {
    var shown: PropertyObject = [
      "LogFormat": settings.logging == nil ? "Text" : "JSON", "LogGroup": .string(logGroup),
    ]
    if let logging = settings.logging {
      shown["ApplicationLogLevel"] = .string(logging.applicationLevel)
      shown["SystemLogLevel"] = .string(logging.systemLevel)
    }
    return .object(shown)
  }

  /// The log group that takes the function's output.
  var logGroup: String { settings.logGroup ?? "/aws/lambda/\(name)" }

  /// `2026-11-21T04:48:00.123+0000`, as Lambda writes time.
  private var lastModifiedText: String { lastModified.iso8601.dropLast() + "+0000" }

  var shownTags: PropertyObject {
    PropertyObject(tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
  }
}
