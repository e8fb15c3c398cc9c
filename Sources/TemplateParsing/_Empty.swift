enum TemplateParsingModule {}
