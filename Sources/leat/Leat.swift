import Commands

/// The entry point: everything is in `Commands`.
@main
enum Leat {
  static func main() async { await LeatCommand.run() }
}
