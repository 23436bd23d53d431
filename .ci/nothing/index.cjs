throw new Error('msgpackr-extract is not installed here: msgpackr does without it')
