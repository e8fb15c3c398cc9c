// swift-tools-version:6.2
import PackageDescription

// In CI a warning is an error.
let isCI = Context.environment["CI"] != nil
let strict: [SwiftSetting] =
  [.swiftLanguageMode(.v6)] + (isCI ? [.treatAllWarnings(as: .error)] : [])

/// A library in `Sources/<name>`.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil)
  -> Target
{
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: strict)
}

/// One AWS service, in `Sources/Services/<name>`: what it needs beside what every service needs.
func service(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  library(
    name, ["ServiceKit", "AWSModel", "Effects"] + dependencies, path: "Sources/Services/\(name)")
}

/// Tests in `Tests/<name>`.
func test(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTPTypes = Target.Dependency.product(
  name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// Every service, once: the emulator depends on all of them and lists them in `ServiceCatalog`.
let services: [Target] = [
  service(
    "Firehose",
    ["Archives", "Diagnostics", "JQ", "KinesisAggregation", "PropertyTree", "ResourceModel"]),
  service("Glue", ["PatternMatching", "PropertyTree", "ResourceModel", grdb]),
  service("IAM", ["Archives", "PropertyTree", "ResourceModel"]),
  service("Kinesis", ["PropertyTree", "ResourceModel", crypto]),
  service(
    "Lambda",
    ["Archives", "Diagnostics", "EventPatterns", "PropertyTree", "ResourceModel", crypto, grdb]),
  service("Logs", ["PatternMatching", "PropertyTree", "ResourceModel", grdb]),
  service("S3", ["Checksums", "PropertyTree", "ResourceModel", crypto, grdb]),
  service("SSM", ["PatternMatching", "PropertyTree", "ResourceModel"]),
  service("STS", ["PropertyTree"]),
  service("SecretsManager", ["PropertyTree", "ResourceModel"]),
]

let package = Package(
  name: "leat",
  products: [
    .executable(name: "leat", targets: ["leat"]),
    // Plays thousands of seeds, optimized; not part of the program.
    .executable(name: "leat-simulate", targets: ["SimulationRunner"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // Ground floor
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Neither comes with a pkg-config file on every Debian that Leat builds on.
    .systemLibrary(name: "CJQ", providers: [.apt(["libjq-dev"])]),
    .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CSnappy", providers: [.apt(["libsnappy-dev"])]),
    .target(name: "CSpawn", path: "Sources/CSpawn"),
    .target(name: "CBase64", path: "Sources/CBase64"),
    .target(name: "CCurl", path: "Sources/CCurl"),
    .target(name: "CPQ", path: "Sources/CPQ"),
    library("Diagnostics"),
    library("PropertyTree", ["CBase64", collections]),
    library("Checksums", ["CDeflate"]),
    library("PatternMatching"),
    library("KinesisAggregation", [crypto]),
    library("EventPatterns", ["PropertyTree"]),
    library("Archives", ["CDeflate", "Checksums", "CSnappy", "CZlib"]),
    library("JQ", ["CJQ"]),
    library("Effects", ["CCurl", "CPQ", "CSpawn", heap]),
    library("ResourceFacts", ["PropertyTree"]),
    library("APIFacts", ["PropertyTree"]),
    // Models
    library("AWSModel", ["Effects", "PropertyTree"]),
    library(
      "ResourceModel", ["AWSModel", "Diagnostics", "Effects", "PropertyTree", "ResourceFacts"]),
    library("StackModel", ["AWSModel", "Diagnostics", "Effects", "PropertyTree", "ResourceModel"]),
    // Pipeline
    library("TemplateParsing", ["CLibYAML", "Diagnostics", "PropertyTree"]),
    library("ServerlessTransform", ["Diagnostics", "PropertyTree", "TemplateParsing", crypto]),
    library(
      "StackResolution",
      [
        "AWSModel", "Diagnostics", "PatternMatching", "PropertyTree", "ResourceFacts",
        "ResourceModel", "StackModel", "TemplateParsing",
      ]),
    library("StackPlanning", ["Diagnostics", "PropertyTree", "ResourceModel", "StackModel"]),
    library("StackExecution", ["Effects", "PropertyTree", "ResourceModel", "StackModel"]),
    library(
      "Packaging",
      [
        "Archives", "Diagnostics", "Effects", "PropertyTree", "StackModel", "TemplateParsing",
        crypto,
      ]),
    library("CloudAssembly", ["Effects", "PropertyTree"]),
    // Emulator
    library(
      "AWSWire",
      [
        "APIFacts", "AWSModel", "Checksums", "Effects", "PatternMatching", "PropertyTree", crypto,
      ]),
    library(
      "ServiceKit",
      [
        "AWSModel", "Checksums", "Diagnostics", "Effects", "PropertyTree", "ResourceModel", crypto,
        grdb,
      ]),
    library("FunctionRuntime", ["PropertyTree", "ServiceKit", nioCore, nioHTTP, nioPosix]),
    library("QueryEngine", ["AWSModel", "Effects", "PropertyTree", "ServiceKit"]),
    library(
      "Emulator",
      [
        "APIFacts", "AWSModel", "AWSWire", "Effects", "FunctionRuntime", "PropertyTree",
        "QueryEngine", "ResourceModel", "ServiceKit",
      ] + services.map { .target(name: $0.name) }),
    // Stacks on the emulator
    library(
      "StackStore",
      ["AWSModel", "Effects", "PropertyTree", "ResourceModel", "ServiceKit", "StackModel", grdb]),
    library(
      "StackContracts",
      [
        "AWSModel", "Diagnostics", "Effects", "PropertyTree", "ResourceModel", "ServiceKit",
        "StackModel",
      ]),
    library(
      "CloudFormationAPI",
      [
        "AWSModel", "Diagnostics", "Effects", "PropertyTree", "ResourceModel", "ServiceKit",
        "StackContracts", "StackModel", "StackPlanning", "StackStore",
      ]),
    library(
      "StackEngine",
      [
        "AWSModel", "CloudFormationAPI", "Diagnostics", "Effects", "Emulator", "Packaging",
        "PropertyTree",
        "ResourceModel", "ServerlessTransform", "ServiceKit", "StackContracts", "StackExecution",
        "StackModel",
        "StackPlanning", "StackResolution", "StackStore", "TemplateParsing",
      ]),
    // Ways in
    library(
      "HTTPGateway",
      [
        "AWSModel", "AWSWire", "Effects", "Emulator", hummingbird, logging, nioCore, nioHTTP,
        nioHTTP2, nioHTTPTypes, nioPosix,
      ]),
    library(
      "Commands",
      [
        "AWSModel", "Archives", "CloudAssembly", "Diagnostics", "Effects", "Emulator",
        "HTTPGateway",
        "JQ", "KinesisAggregation", "Packaging", "PropertyTree", "QueryEngine", "ResourceModel",
        "ServiceKit", "StackContracts", "StackEngine", "StackModel", "TemplateParsing",
        argumentParser, crypto, nioCore, nioHTTP, nioPosix,
      ]),
    .target(name: "CNoLocaleData", path: "Sources/CNoLocaleData"),
    .executableTarget(
      name: "leat", dependencies: ["CNoLocaleData", "Commands"], path: "Sources/leat",
      swiftSettings: strict,
      // The Swift libraries come inside: it starts faster, and one file is all there is to copy.
      // Nothing looks symbols up in it by name, so that code that nothing calls can go.
      linkerSettings: [
        .unsafeFlags(
          [
            "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims",
            "-l_FoundationCollections", "-lstdc++", "-Xlinker", "--no-export-dynamic",
          ], .when(configuration: .release))
      ]),
    // Tests
    library(
      "ServiceTesting",
      ["AWSModel", "AWSWire", "Effects", "PropertyTree", "ServiceKit", grdbSQLite],
      path: "Tests/ServiceTesting"),
    library(
      "Simulations",
      [
        "AWSModel", "Archives", "Diagnostics", "Effects", "Emulator", "Firehose", "Kinesis",
        "Lambda", "PropertyTree", "S3",
        "ServiceKit", "ServiceTesting", "StackContracts", "StackEngine", "StackModel", "StackStore",
        grdb,
      ],
      path: "Tests/Simulations"),
    .executableTarget(
      name: "SimulationRunner", dependencies: ["Simulations", argumentParser],
      path: "Tests/SimulationRunner", swiftSettings: strict),
    test("SimulationTests", ["Simulations"]),
    test("APIFactsTests", ["APIFacts", "PatternMatching"]),
    test("AWSWireTests", ["APIFacts", "AWSModel", "AWSWire", "Effects", "PropertyTree"]),
    test("ChecksumsTests", ["Checksums"]),
    test("CloudAssemblyTests", ["CloudAssembly", "Effects", "PropertyTree"]),
    test(
      "CommandsTests",
      [
        "AWSModel", "Archives", "Commands", "Effects", "Emulator", "PropertyTree", "ResourceModel",
        "ServiceKit", "ServiceTesting", "StackContracts", "StackEngine", "StackModel",
        argumentParser, crypto,
      ]),
    test(
      "CompatibilityTests",
      [
        "APIFacts", "AWSModel", "Archives", "Diagnostics", "Effects", "Emulator", "PropertyTree",
        "ResourceFacts", "ResourceModel", "ServiceKit", "StackContracts", "StackEngine",
        "StackModel", "StackPlanning",
      ]),
    test("EffectsTests", ["Effects"]),
    test(
      "FirehoseTests",
      [
        "AWSModel", "AWSWire", "Archives", "Effects", "Firehose", "Kinesis", "PropertyTree",
        "ResourceModel", "ServiceKit", "ServiceTesting",
      ]),
    test(
      "GatewayTests",
      [
        "AWSModel", "AWSWire", "Effects", "Emulator", "HTTPGateway", "PropertyTree",
        "ResourceModel", "ServiceKit",
        "StackModel", nioCore, nioPosix,
      ]),
    test(
      "GlueTests", ["AWSModel", "Effects", "Glue", "PropertyTree", "ServiceKit", "ServiceTesting"]),
    test(
      "KinesisTests",
      [
        "AWSModel", "Effects", "Kinesis", "PropertyTree", "ResourceModel", "ServiceKit",
        "ServiceTesting",
      ]),
    test(
      "LambdaTests",
      [
        "AWSModel", "AWSWire", "Archives", "Effects", "Emulator", "FunctionRuntime", "Kinesis",
        "Lambda",
        "PropertyTree", "ResourceModel", "S3", "ServiceKit", "ServiceTesting", "StackModel",
      ]),
    test(
      "LogsTests",
      [
        "AWSModel", "AWSWire", "Effects", "Logs", "PropertyTree", "ResourceModel", "ServiceKit",
        "ServiceTesting",
      ]),
    test(
      "PackagingTests",
      [
        "Archives", "Diagnostics", "Effects", "Packaging", "PropertyTree", "StackModel",
        "TemplateParsing",
      ]),
    test(
      "IAMTests", ["AWSModel", "Effects", "IAM", "PropertyTree", "ServiceKit", "ServiceTesting"]),
    test(
      "STSTests", ["AWSModel", "Effects", "PropertyTree", "STS", "ServiceKit", "ServiceTesting"]),
    test(
      "EventTargetTests",
      ["AWSModel", "Effects", "Emulator", "PropertyTree", "ServiceKit", "ServiceTesting"]),
    test("KinesisAggregationTests", ["KinesisAggregation", crypto]),
    test("EventPatternTests", ["EventPatterns", "PropertyTree"]),
    test("ArchiveTests", ["Archives", "CSnappy", "CZlib"]),
    test("JQTests", ["JQ"]),
    test("ServiceKitTests", ["AWSModel", "Diagnostics", "Effects", "ServiceKit", grdb]),
    test("PropertyTreeTests", ["PropertyTree"]),
    test(
      "QueryEngineTests",
      [
        "AWSModel", "Effects", "FunctionRuntime", "PropertyTree", "QueryEngine", "ServiceKit",
        "ServiceTesting",
      ]),
    test("RecordLogTests", ["AWSModel", "Effects", "ServiceKit", "ServiceTesting"]),
    test("ResourceModelTests", ["AWSModel", "PropertyTree", "ResourceModel"]),
    test(
      "S3Tests",
      [
        "AWSModel", "AWSWire", "Effects", "PropertyTree", "ResourceModel", "S3", "ServiceKit",
        "ServiceTesting",

        crypto,
      ]),
    test(
      "SecretsTests",
      [
        "AWSModel", "Diagnostics", "Effects", "Emulator", "PropertyTree",
        "SecretsManager",
        "ServiceKit", "ServiceTesting", "StackContracts", "StackEngine", "StackModel",
      ]),
    test(
      "ServerlessTransformTests",
      ["Diagnostics", "PropertyTree", "ServerlessTransform", "TemplateParsing"]),
    test(
      "StackEngineTests",
      [
        "AWSModel", "CloudFormationAPI", "Diagnostics", "Effects", "Emulator", "PropertyTree",
        "ResourceModel",
        "ServiceKit", "ServiceTesting", "StackContracts", "StackEngine", "StackModel", "StackStore",
        grdb,
      ]),
    test(
      "StackPlanningTests",
      [
        "AWSModel", "Diagnostics", "Effects", "PropertyTree", "ResourceModel", "StackModel",
        "StackPlanning",
      ]),
    test(
      "TemplateTests",
      [
        "AWSModel", "Diagnostics", "PatternMatching", "PropertyTree", "ResourceFacts",
        "ResourceModel", "ServerlessTransform", "StackModel", "StackResolution", "TemplateParsing",
      ]),
    test("TidyTests", []),
  ] + services
)
