/// The function that libFuzzer calls with each input. A check that fails ends the process, and
/// libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = FuzzedInput(Array(UnsafeBufferPointer(start: data, count: count)))
  for check in FuzzCheck.chosen { check.run(on: input) }
  return 0
}

/// One way of looking at an input.
enum FuzzCheck: String, CaseIterable {
  /// Bytes to a resolved stack: reading, includes, loops, serverless resources, parameters,
  /// conditions, functions, the facts of types, and how findings are shown.
  case compile
  /// Formatting settles at once, and what the template means stays.
  case format
  /// The two readers of JSON agree, and what is written reads back.
  case json
  /// Regular expressions end, and their answers agree.
  case pattern

  /// All of them, or the one that `FUZZ_CHECK` names.
  static let chosen: [FuzzCheck] = {
    guard let name = environmentValue("FUZZ_CHECK"), !name.isEmpty else { return allCases }
    guard let check = FuzzCheck(rawValue: name) else {
      fatalError("FUZZ_CHECK is one of \(allCases.map(\.rawValue))")
    }
    return [check]
  }()

  func run(on input: FuzzedInput) {
    switch self {
    case .compile: CompileCheck.run(on: input)
    case .format: FormatCheck.run(on: input)
    case .json: JSONCheck.run(on: input)
    case .pattern: PatternCheck.run(on: input)
    }
  }
}

@_silgen_name("getenv")
private func getenv(_ name: UnsafePointer<CChar>) -> UnsafePointer<CChar>?

private func environmentValue(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The entry point that the package manager looks for in an executable.
@_cdecl("TemplateFuzzer_main")
public func start(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { fuzz($0, $1) }
}
