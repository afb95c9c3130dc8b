"""What can go wrong in the knowledge room.

KnowledgeError
├── UnsupportedFormat        no reader for this kind of file
├── UnreadableDocument       the file is damaged, empty or not what its name says
│   ├── EncryptedDocument    a password is needed
│   ├── DocumentTooLarge     over a size, page or decompression limit
│   └── PassedOver           part of an archive is of a kind that nobody asked us to read; the rest is in
├── DocumentNotFound         no such document in the catalog
├── LibraryInvalid           a built-in entry breaks the library's own rules
├── EmbeddingUnavailable     the embedding model is absent or does not answer   (retryable)
├── IndexMismatch            the vectors were written by another embedding model
├── IndexUnavailable         the vector store cannot be reached                 (retryable)
└── HomeInUse                another process holds the data folder              (retryable)

Every message is Chinese: an operator reads it as it stands.
"""


class KnowledgeError(Exception):
    """Root of the tree; `retryable` says whether doing the same again may work."""

    retryable = False


class UnsupportedFormat(KnowledgeError):
    pass


class UnreadableDocument(KnowledgeError):
    pass


class EncryptedDocument(UnreadableDocument):
    pass


class DocumentTooLarge(UnreadableDocument):
    pass


class PassedOver(UnreadableDocument):
    pass


class DocumentNotFound(KnowledgeError):
    pass


class LibraryInvalid(KnowledgeError):
    pass


class EmbeddingUnavailable(KnowledgeError):
    retryable = True


class IndexMismatch(KnowledgeError):
    pass


class IndexUnavailable(KnowledgeError):
    retryable = True


class HomeInUse(KnowledgeError):
    retryable = True
