// swift-tools-version:6.1
import PackageDescription

// The template language alone, with coverage: the same sources as the product's, and of its
// dependencies only what they can't do without.
let instrumented: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"]),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: instrumented)
}

let package = Package(
  name: "fuzz",
  dependencies: [.package(path: "../.build/checkouts/swift-collections")],
  targets: [
    .systemLibrary(name: "CLibYAML", path: "Sources/CLibYAML", pkgConfig: "yaml-0.1"),
    .target(name: "CBase64", path: "Sources/CBase64"),
    .target(name: "CCurl", path: "Sources/CCurl"),
    .target(name: "CPQ", path: "Sources/CPQ"),
    .target(name: "CSpawn", path: "Sources/CSpawn"),
    .target(name: "Crypto", path: "Crypto"),
    library("Diagnostics"),
    library(
      "PropertyTree",
      ["CBase64", .product(name: "OrderedCollections", package: "swift-collections")]),
    library(
      "Effects",
      ["CCurl", "CPQ", "CSpawn", .product(name: "HeapModule", package: "swift-collections")]),
    library("AWSModel", ["PropertyTree", "Effects"]),
    library(
      "ResourceModel", ["ResourceFacts", "AWSModel", "PropertyTree", "Diagnostics", "Effects"]),
    library(
      "StackModel", ["ResourceModel", "AWSModel", "PropertyTree", "Diagnostics", "Effects"]),
    library("ResourceFacts", ["PropertyTree"]),
    library("TemplateParsing", ["CLibYAML", "PropertyTree", "Diagnostics"]),
    library(
      "ServerlessTransform", ["TemplateParsing", "PropertyTree", "Diagnostics", "Crypto"]),
    library("PatternMatching"),
    library(
      "StackResolution",
      [
        "TemplateParsing", "ResourceFacts", "ResourceModel", "StackModel", "PatternMatching",
        "AWSModel", "PropertyTree",
        "Diagnostics",
      ]),
    .executableTarget(
      name: "TemplateFuzzer",
      dependencies: [
        "TemplateParsing", "ServerlessTransform", "StackResolution", "PatternMatching",
        "ResourceFacts", "ResourceModel", "StackModel", "AWSModel", "PropertyTree", "Diagnostics",
      ], path: "TemplateFuzzer", swiftSettings: instrumented,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ])
