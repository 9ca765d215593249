"""Every operation of the AWS SDK's own service models, called on a place as a principal."""
