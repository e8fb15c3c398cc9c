import Glibc
import Synchronization

/// The reading end of a child's output. Read on demand: a child that writes faster than its output
/// is used is held up by the full pipe and fills no memory here.
final class ProcessOutput: Sendable {
  let descriptor: Int32
  private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)
  /// Bytes that were read.
  private let readCount = Mutex(0)
  private let arm: @Sendable (ProcessOutput) -> Void

  /// - Parameter arm: asks to have `becameReadable` called once there is something to read.
  init(descriptor: Int32, arm: @escaping @Sendable (ProcessOutput) -> Void) {
    self.descriptor = descriptor
    self.arm = arm
  }

  deinit { close(descriptor) }

  /// The next chunk, or nil at the end. One caller at a time.
  func next() async -> [UInt8]? {
    while true {
      let (bytes, failure) = readNow()
      if !bytes.isEmpty { return bytes }
      if failure == EINTR { continue }
      guard failure == EAGAIN else { return nil }
      await withCheckedContinuation { continuation in
        waiter.withLock { $0 = continuation }
        arm(self)
      }
    }
  }

  private func readNow() -> (bytes: [UInt8], failure: Int32) {
    readCount.withLock { readCount in
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
        let got = read(descriptor, buffer.baseAddress, buffer.count)
        failure = got < 0 ? errno : 0
        count = max(0, got)
      }
      readCount += bytes.count
      return (bytes, failure)
    }
  }

  /// Bytes that were written into it so far, read or not.
  var writtenCount: Int {
    readCount.withLock { readCount in
      var waiting: Int32 = 0
      guard ioctl(descriptor, UInt(FIONREAD), &waiting) == 0 else { return readCount }
      return readCount + Int(waiting)
    }
  }

  func becameReadable() {
    let waiting = waiter.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
    waiting?.resume()
  }
}
