import HummingbirdCore
import NIOHTTP1
enum HTTPGatewayModule {}
