"""The one part of langchain_core that designs see."""
