"""Settings: one frozen object, read once from the environment, for the composition root and the top floor.

Not here: what a setting leads to.
"""

from settings.operations import Bucket, LogFormat
from settings.read import CALIBRATED, Calibration, FaceEngineName, Settings, settings_or_exit
from settings.reader import Environment, SettingsError
from settings.wechat import FaceWay, SpeechWay, WechatMode, WechatSettings

__all__ = [
    "CALIBRATED",
    "Bucket",
    "Calibration",
    "Environment",
    "FaceEngineName",
    "FaceWay",
    "LogFormat",
    "Settings",
    "SettingsError",
    "SpeechWay",
    "WechatMode",
    "WechatSettings",
    "settings_or_exit",
]
