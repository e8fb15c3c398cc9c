/// The sizes and ages at which the buffers of a delivery stream are due: read once from its model,
/// because every put asks for them.
struct BufferTiming: Sendable, Hashable {
  struct Hints: Sendable, Hashable {
    var bytes: Int
    var seconds: Int
  }

  /// The largest piece that is processed at once where no function bounds it, in bytes.
  static let pieceBytesMax = 4 << 20

  /// True where records are processed some time before they are delivered, and wait in buffers of
  /// their own in between.
  var splits: Bool
  /// The buffer before the processors.
  var processing: Hints
  /// The largest piece that goes to the processors at once, in bytes.
  var pieceBytes: Int
  var destination: Hints
  var backup: Hints
  private var isServer: Bool

  init(_ model: DeliveryStreamModel) {
    let lambda = model.processors.lambda
    isServer = model.server != nil
    splits =
      lambda != nil
      || !isServer && (model.destination.partitions || model.destination.backup != nil)
    destination = Hints(bytes: model.sizeBytes, seconds: model.intervalSeconds)
    if let lambda {
      processing = Hints(bytes: lambda.bufferBytes, seconds: lambda.intervalSeconds)
      pieceBytes = lambda.bufferBytes
    } else {
      // Records are parted soon, and not each by itself.
      processing = Hints(bytes: 1 << 20, seconds: min(1, destination.seconds))
      pieceBytes = Self.pieceBytesMax
    }
    let bucket = model.server?.objects ?? model.destination.backup?.extended ?? S3Configuration()
    backup = Hints(bytes: bucket.sizeBytes, seconds: bucket.intervalSeconds)
  }

  func hints(_ place: BufferPlace) -> Hints { place == .backup ? backup : destination }

  func lane(_ place: BufferPlace) -> DeliveryLane {
    switch place {
    case .records, .partition: .destination
    case .errors: isServer ? .bucket : .destination
    case .backup: .bucket
    }
  }
}
