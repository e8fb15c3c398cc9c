import ArgumentParser
import HTTPGateway
import StackEngine
enum CommandsModule {}
