import AWSModel
import Effects
import PropertyTree

/// `FunctionConfiguration` as the API shows a function.
extension FunctionModel {
  /// - Parameter qualifier: closes the ARN of `$LATEST`; of a version, its number does where an
  ///   alias does not.
  func configuration(in scope: Scope, qualifier: String? = nil) -> PropertyObject {
    let isLatest = version == Self.latest
    let closing = qualifier ?? (isLatest ? nil : version)
    let arn = arn(in: scope) + (closing.map { ":\($0)" } ?? "")
    var shown: PropertyObject = [
      "FunctionName": .string(name),
      "FunctionArn": .string(arn),
      "Runtime": .string(settings.runtime),
      "Role": .string(settings.role),
      "Handler": .string(settings.handler),
      "CodeSize": .int(Int64(codeSize)),
      "Description": .string(settings.description),
      "Timeout": .int(Int64(settings.timeout)),
      "MemorySize": .int(Int64(settings.memorySize)),
      "LastModified": .string(lastModifiedText),
      "CodeSha256": .string(shownCodeHash),
      "Version": .string(version),
      "TracingConfig": ["Mode": .string(settings.tracing)],
      "RevisionId": .string(revisionID),
      "State": "Active",
      "LastUpdateStatus": "Successful",
      "PackageType": "Zip",
      "Architectures": .list(settings.architectures.map { .string($0) }),
      "EphemeralStorage": ["Size": .int(Int64(settings.ephemeralMegabytes))],
      "SnapStart": [
        "ApplyOn": .string(settings.snapStart),
        "OptimizationStatus": settings.snapStart == "None" || isLatest ? "Off" : "On",
      ],
      "LoggingConfig": shownLogging,
    ]
    if let runtimeVersionARN {
      shown["RuntimeVersionConfig"] = ["RuntimeVersionArn": .string(runtimeVersionARN)]
    }
    if let target = settings.deadLetterARN {
      shown["DeadLetterConfig"] = ["TargetArn": .string(target)]
    }
    if let key = settings.keyARN { shown["KMSKeyArn"] = .string(key) }
    if !settings.layers.isEmpty {
      shown["Layers"] = .list(
        settings.layers.map {
          ["Arn": .string($0.arn), "CodeSize": .int(Int64($0.codeSize))]
        })
    }
    if !settings.environment.isEmpty {
      let sorted = settings.environment.sorted { $0.key < $1.key }
      shown["Environment"] = [
        "Variables": .object(PropertyObject(sorted.map { ($0.key, .string($0.value)) }))
      ]
    }
    return shown
  }

  /// The archive's hash as AWS writes it.
  var shownCodeHash: String { Base64.encode(Hex.decode(codeHash) ?? []) }

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
