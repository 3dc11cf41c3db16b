# [hostile]
# family = "bombs"
# static = true
# attempt = "functions inside functions to the indentation limit"
# canary = "none"
from collections import defaultdict

from agents.memo_structure import MemoStructure

def f0(a):
 def f1(a):
  def f2(a):
   def f3(a):
    def f4(a):
     def f5(a):
      def f6(a):
       def f7(a):
        def f8(a):
         def f9(a):
          def f10(a):
           def f11(a):
            def f12(a):
             def f13(a):
              def f14(a):
               def f15(a):
                def f16(a):
                 def f17(a):
                  def f18(a):
                   def f19(a):
                    def f20(a):
                     def f21(a):
                      def f22(a):
                       def f23(a):
                        def f24(a):
                         def f25(a):
                          def f26(a):
                           def f27(a):
                            def f28(a):
                             def f29(a):
                              def f30(a):
                               def f31(a):
                                def f32(a):
                                 def f33(a):
                                  def f34(a):
                                   def f35(a):
                                    def f36(a):
                                     def f37(a):
                                      def f38(a):
                                       def f39(a):
                                        def f40(a):
                                         def f41(a):
                                          def f42(a):
                                           def f43(a):
                                            def f44(a):
                                             def f45(a):
                                              def f46(a):
                                               def f47(a):
                                                def f48(a):
                                                 def f49(a):
                                                  def f50(a):
                                                   def f51(a):
                                                    def f52(a):
                                                     def f53(a):
                                                      def f54(a):
                                                       def f55(a):
                                                        def f56(a):
                                                         def f57(a):
                                                          def f58(a):
                                                           def f59(a):
                                                            def f60(a):
                                                             def f61(a):
                                                              def f62(a):
                                                               def f63(a):
                                                                def f64(a):
                                                                 def f65(a):
                                                                  def f66(a):
                                                                   def f67(a):
                                                                    def f68(a):
                                                                     def f69(a):
                                                                      def f70(a):
                                                                       def f71(a):
                                                                        def f72(a):
                                                                         def f73(a):
                                                                          def f74(a):
                                                                           def f75(a):
                                                                            def f76(a):
                                                                             def f77(a):
                                                                              def f78(a):
                                                                               def f79(a):
                                                                                def f80(a):
                                                                                 def f81(a):
                                                                                  def f82(a):
                                                                                   def f83(a):
                                                                                    def f84(a):
                                                                                     def f85(a):
                                                                                      def f86(a):
                                                                                       def f87(a):
                                                                                        def f88(a):
                                                                                         def f89(a):
                                                                                          return a


class ActionRewards(MemoStructure):
    """Average reward of the episodes in which an action was used."""

    def __init__(self):
        super().__init__()
        self.total = defaultdict(float)
        self.count = defaultdict(int)

    async def general_retrieve(self, recorder):
        ranked = sorted(self.total, key=lambda a: (-self.total[a] / self.count[a], a))
        found = {"promising_actions": ranked[:8]}
        return found

    async def general_update(self, recorder):
        for name in sorted({str(s.get("action_took", ""))[:40] for s in recorder.steps}):
            if name in self.count or len(self.count) < 200:
                self.total[name] += recorder.reward
                self.count[name] += 1
