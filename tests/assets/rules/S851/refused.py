class Notes:
    async def general_retrieve(self, recorder):
        return {}
