"""Provider servers for the Pulumi engine, which takes one for its azure-native or its aws plugin."""
