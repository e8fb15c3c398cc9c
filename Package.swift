// swift-tools-version:6.2
import PackageDescription

// In CI a warning is an error.
let isCI = Context.environment["CI"] != nil
let strict: [SwiftSetting] =
  [.swiftLanguageMode(.v6)] + (isCI ? [.treatAllWarnings(as: .error)] : [])

func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil)
  -> Target
{
  .target(
    name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: strict)
}

let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "leat",
  products: [.executable(name: "leat", targets: ["leat"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // Ground floor
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    library("Diagnostics"),
    library("PropertyTree", [collections]),
    .target(name: "CSpawn", path: "Sources/CSpawn"),
    library("Effects", ["CSpawn"]),
    // Pipeline
    library("StackModel", ["AWSModel", "PropertyTree", "Diagnostics", "Effects"]),
    library("ResourceFacts", ["PropertyTree"]),
    library("TemplateParsing", ["CLibYAML", "PropertyTree", "Diagnostics"]),
    library("ServerlessTransform", ["TemplateParsing", "PropertyTree", "Diagnostics", crypto]),
    library("PatternMatching"),
    library(
      "StackResolution",
      [
        "TemplateParsing", "ResourceFacts", "StackModel", "PatternMatching", "PropertyTree",
        "Diagnostics",
      ]),
    library("StackPlanning", ["StackModel", "PropertyTree", "Diagnostics"]),
    library("StackExecution", ["StackModel", "PropertyTree", "Diagnostics", "Effects"]),
    library("StackStore", ["StackModel", "ServiceKit", "PropertyTree", "Effects", grdb]),
    library(
      "Packaging",
      ["TemplateParsing", "StackModel", "PropertyTree", "Diagnostics", "Effects", "CZlib", crypto]),
    library("CloudAssembly", ["AWSModel", "StackModel", "PropertyTree", "Effects"]),
    // Emulator
    library("AWSModel", ["PropertyTree"]),
    library("AWSWire", ["AWSModel", "PropertyTree", "Effects", crypto]),
    library(
      "ServiceKit", ["AWSModel", "StackModel", "PropertyTree", "Effects", "CZlib", grdb, crypto]),
    library("FunctionRuntime", ["ServiceKit", "AWSModel", "Effects", nioCore, nioPosix, nioHTTP]),
    library(
      "Services",
      [
        "ServiceKit", "AWSModel", "StackModel", "PatternMatching", "PropertyTree", "Effects",
        "Diagnostics", "CZlib", grdb, crypto,
      ]),
    library(
      "Emulator",
      [
        "Services", "FunctionRuntime", "ServiceKit", "AWSModel", "AWSWire", "PropertyTree",
        "Effects", "StackModel",
      ]),
    library(
      "StackEngine",
      [
        "StackModel", "TemplateParsing", "ServerlessTransform", "StackResolution", "StackPlanning",
        "StackExecution",
        "StackStore", "Emulator", "Services", "ServiceKit", "AWSModel", "FunctionRuntime",
        "Packaging", "PropertyTree", "Diagnostics", "Effects",
      ]),
    library(
      "HTTPGateway",
      [
        "AWSWire", "AWSModel", "Emulator", "ServiceKit", "PropertyTree", "Effects", hummingbird,
        nioCore, nioPosix, nioHTTP, .product(name: "Logging", package: "swift-log"),
      ]),
    // Command line
    library(
      "Commands",
      [
        "StackEngine", "HTTPGateway", "Emulator", "StackModel", "AWSModel", "TemplateParsing",
        "Packaging", "CloudAssembly",
        "Diagnostics", "PropertyTree", "Effects", argumentParser, nioCore, nioPosix, nioHTTP,
      ]),
    .executableTarget(
      name: "leat", dependencies: ["Commands"], path: "Sources/leat", swiftSettings: strict,
      // The Swift libraries come inside: it starts faster, and one file is all there is to copy.
      linkerSettings: [
        .unsafeFlags(
          [
            "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims",
            "-l_FoundationCollections", "-lstdc++",
          ], .when(configuration: .release))
      ]),
    // Tests
    .testTarget(
      name: "TemplateTests",
      dependencies: [
        "TemplateParsing", "ServerlessTransform", "StackResolution", "ResourceFacts", "StackModel",
        "PatternMatching", "AWSModel", "PropertyTree", "Diagnostics",
      ], path: "Tests/TemplateTests", swiftSettings: strict),
    .testTarget(
      name: "StackPlanningTests",
      dependencies: [
        "StackPlanning", "StackModel", "AWSModel", "PropertyTree", "Diagnostics", "Effects",
      ], path: "Tests/StackPlanningTests", swiftSettings: strict),
    .testTarget(
      name: "StackEngineTests",
      dependencies: [
        "StackEngine", "StackExecution", "StackPlanning", "StackStore", "StackModel", "Emulator",
        "ServiceKit", "AWSModel", "PropertyTree", "Diagnostics", "Effects",
      ], path: "Tests/StackEngineTests", swiftSettings: strict),
    .testTarget(
      name: "CompatibilityTests",
      dependencies: ["StackEngine", "Emulator", "StackModel", "ServiceKit", "AWSModel", "Effects"],
      path: "Tests/CompatibilityTests", swiftSettings: strict),
    .testTarget(
      name: "PackagingTests",
      dependencies: [
        "Packaging", "TemplateParsing", "StackModel", "PropertyTree", "Diagnostics", "Effects",
        "CZlib",
      ], path: "Tests/PackagingTests", swiftSettings: strict),
    .testTarget(
      name: "CloudAssemblyTests", dependencies: ["CloudAssembly", "PropertyTree", "Effects"],
      path: "Tests/CloudAssemblyTests", swiftSettings: strict),
    .testTarget(name: "TidyTests", path: "Tests/TidyTests", swiftSettings: strict),
    .testTarget(
      name: "AWSWireTests", dependencies: ["AWSWire", "AWSModel", "PropertyTree", "Effects"],
      path: "Tests/AWSWireTests", swiftSettings: strict),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "HTTPGateway", "Emulator", "Services", "ServiceKit", "AWSWire", "AWSModel", "StackModel",
        "PropertyTree", "Effects", nioCore, nioPosix,
      ], path: "Tests/GatewayTests", swiftSettings: strict),
    .testTarget(
      name: "S3Tests",
      dependencies: [
        "Services", "ServiceKit", "StackModel", "AWSModel", "PropertyTree", "Effects", crypto,
      ], path: "Tests/S3Tests", swiftSettings: strict),
    .testTarget(
      name: "LogsTests",
      dependencies: [
        "Services", "ServiceKit", "StackModel", "AWSModel", "PropertyTree", "Effects",
      ], path: "Tests/LogsTests", swiftSettings: strict),
    .testTarget(
      name: "ServerlessTransformTests",
      dependencies: ["ServerlessTransform", "TemplateParsing", "PropertyTree", "Diagnostics"],
      path: "Tests/ServerlessTransformTests", swiftSettings: strict),
    .testTarget(
      name: "SecretsTests",
      dependencies: [
        "Services", "ServiceKit", "StackEngine", "Emulator", "StackModel", "AWSModel",
        "PropertyTree", "Diagnostics", "Effects",
      ], path: "Tests/SecretsTests", swiftSettings: strict),
    .testTarget(
      name: "LambdaTests",
      dependencies: [
        "Services", "ServiceKit", "FunctionRuntime", "StackModel", "AWSModel", "PropertyTree",
        "Effects",
      ], path: "Tests/LambdaTests", swiftSettings: strict),
    .testTarget(
      name: "RecordLogTests", dependencies: ["ServiceKit", "AWSModel", "Effects"],
      path: "Tests/RecordLogTests", swiftSettings: strict),
    .testTarget(
      name: "KinesisTests",
      dependencies: [
        "Services", "ServiceKit", "StackModel", "AWSModel", "PropertyTree", "Effects",
      ],
      path: "Tests/KinesisTests", swiftSettings: strict),
    .testTarget(
      name: "FirehoseTests",
      dependencies: [
        "Services", "ServiceKit", "StackModel", "AWSModel", "PropertyTree", "Effects",
      ],
      path: "Tests/FirehoseTests", swiftSettings: strict),
  ]
)
