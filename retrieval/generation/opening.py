"""A generator from settings. LangChain's chat models are imported here, when one is configured, and nowhere else."""

from __future__ import annotations

from retrieval.errors import ModelUnavailable
from retrieval.generation.budget import Budget, State
from retrieval.generation.generator import MOST_OUTPUT_TOKENS, Generator
from retrieval.generation.settings import ChatSettings


def open_generator(settings: ChatSettings, state: State) -> Generator:
    """Nothing is asked of the service yet. Raises ModelUnavailable where LangChain cannot make such a model."""
    from langchain.chat_models import init_chat_model

    options: dict[str, object] = {
        "temperature": 0,
        "max_tokens": MOST_OUTPUT_TOKENS,
        "timeout": settings.timeout_seconds,
        "max_retries": 0,
    }
    if settings.key:
        options["api_key"] = settings.key.get_secret_value()
    if settings.url:
        # every service in its OpenAI-compatible form; a local one asks for no key, the client insists on some
        options = {"api_key": "none", "stream_usage": True} | options
        options |= {"model_provider": "openai", "base_url": settings.url}
    try:
        model = init_chat_model(settings.model, **options)  # type: ignore[call-overload]
    except (ImportError, ValueError) as error:
        # the error's words may repeat the options, the key among them
        raise ModelUnavailable(
            f"对话模型 {settings.model} 打不开（{type(error).__name__}）。"
            "请检查 GUANGZHI_CHAT_MODEL；兼容 OpenAI 的服务还要填 GUANGZHI_CHAT_URL"
        ) from None
    return Generator(model, Budget(state, settings.daily_tokens, settings.prices), settings.timeout_seconds)
