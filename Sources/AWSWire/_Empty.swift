enum AWSWireModule {}
