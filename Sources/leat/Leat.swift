import CNoLocaleData
import Commands

/// The entry point: everything is in `Commands`.
@main
enum Leat {
  // On the main thread: elsewhere, a thread would be there already and have a heap of its own.
  @MainActor
  static func main() async { await LeatCommand.run() }
}
